using ModelTensors;

namespace ModelAggregation.Glue.Execution;

/// <summary>Deals examples out to selection and report. The same seed and file name deal the same way on every machine, whatever the task.</summary>
internal static class ExampleDeal
{
    /// <summary>Deals out; both halves are in the order of the file, and examples that are asked alike are in one half.</summary>
    /// <exception cref="ArgumentException">There are fewer than two different examples.</exception>
    public static (TExample[] Proxy, TExample[] HoldOut) Deal<TExample>(IReadOnlyList<TExample> examples, Func<TExample, string> keyOf, double share, ulong seed, string file)
    {
        string[] keys = [.. examples.Select(keyOf).Distinct(StringComparer.Ordinal)];
        if (keys.Length < 2)
        {
            throw new ArgumentException("There are fewer than two different examples: none could be held out.", nameof(examples));
        }

        PhiloxKey draw = Philox.DeriveKey(seed, "glue", Path.GetFileName(file));
        int count = Math.Clamp((int)Math.Round(share * keys.Length), 1, keys.Length - 1);
        HashSet<string> proxy = new(
            keys.Select((key, index) => (key, Word: Philox.Block((ulong)index, 0, draw).Word0)).OrderBy(item => item.Word).Take(count).Select(item => item.key), StringComparer.Ordinal);
        return ([.. examples.Where(example => proxy.Contains(keyOf(example)))], [.. examples.Where(example => !proxy.Contains(keyOf(example)))]);
    }
}
