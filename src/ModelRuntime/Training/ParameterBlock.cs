namespace ModelRuntime.Training;

/// <summary>Consecutive elements of one parameter.</summary>
/// <param name="Parameter">The parameter's place in the list.</param>
/// <param name="Start">The index of the first element.</param>
/// <param name="Length">The number of elements.</param>
internal readonly record struct ParameterBlock(int Parameter, long Start, int Length)
{
    /// <summary>Cuts parameters into blocks, in order. Their borders depend on nothing but the shapes, so that what is computed block by block is the same for any number of threads.</summary>
    public static ParameterBlock[] Cut(IReadOnlyList<Parameter> parameters)
    {
        const int Longest = 1 << 16;
        List<ParameterBlock> blocks = [];
        for (int i = 0; i < parameters.Count; i++)
        {
            long count = parameters[i].Value.Shape.ElementCount;
            for (long start = 0; start < count; start += Longest)
            {
                blocks.Add(new ParameterBlock(i, start, (int)Math.Min(Longest, count - start)));
            }
        }

        return [.. blocks];
    }

    /// <summary>Does something for each block, in any order.</summary>
    public static void ForEach(ParameterBlock[] blocks, int threads, Action<int> action)
    {
        // Waking threads takes longer than a step of a tiny model.
        const long Worthwhile = 1 << 17;
        if (threads == 1 || blocks.Sum(block => (long)block.Length) < Worthwhile)
        {
            for (int i = 0; i < blocks.Length; i++)
            {
                action(i);
            }
        }
        else
        {
            Parallel.For(0, blocks.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, action);
        }
    }
}
