using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;

namespace ModelAggregation.Zoo;

/// <summary>Compares one tensor of all models, in groups where the inner products of all columns would not fit the memory.</summary>
internal sealed class SimilarityPass(IReadOnlyList<string> names, IReadOnlyList<TensorSet> models, TensorSet? baseModel, SimilarityOptions options, TensorDevice device)
{
    // What a pass over columns holds for each pair and column; see TensorSession.Gram.
    private const int BytesForEachPairAndColumn = 17 * sizeof(double);

    /// <summary>Finds a tensor in all models, and in the base last where there is one, if they have it in one shape.</summary>
    /// <exception cref="ZooException">One lacks it, or has it in another shape or not of floats.</exception>
    public (TensorSource[] Models, TensorSource? Base) Find(string tensor)
    {
        TensorSource[] sources = [.. models.Select((model, index) => Find(model, names[index], tensor))];
        TensorSource? origin = baseModel is null ? null : Find(baseModel, options.Base!, tensor);
        CheckShapes(tensor, sources, origin);
        return (sources, origin);
    }

    public double[,] Run(string tensor, SessionOptions session)
    {
        (TensorSource[] sources, TensorSource? origin) = Find(tensor);
        double[,] values = new double[sources.Length, sources.Length];
        int group = GroupSize(sources);
        if (group >= sources.Length)
        {
            Compare(tensor, sources, origin, [.. Enumerable.Range(0, sources.Length)], values, session);
            return values;
        }

        int[][] groups = [.. Enumerable.Range(0, sources.Length).Chunk(group)];
        for (int first = 0; first < groups.Length; first++)
        {
            for (int second = first + 1; second < groups.Length; second++)
            {
                Compare(tensor, sources, origin, [.. groups[first], .. groups[second]], values, session);
            }
        }

        return values;
    }

    private void Compare(string tensor, TensorSource[] sources, TensorSource? origin, int[] members, double[,] values, SessionOptions passes)
    {
        if (sources[0].Shape.ElementCount == 0)
        {
            return;
        }

        TensorSource[] inputs = [.. members.Select(member => sources[member]), .. origin is null ? (TensorSource[])[] : [origin]];
        using TensorSession session = device.Open(inputs, passes);
        int[] indices = [.. Enumerable.Range(0, members.Length)];
        int subtracted = origin is null ? -1 : members.Length;
        double[,] products = options.Measure is SimilarityMeasure.PerColumn
            ? MeanCosines(session.Gram(indices, VectorAxis.Columns, subtracted), members.Length)
            : Products(session.Gram(indices, subtracted));
        if (session.NonFiniteInputs.ToList().FindIndex(count => count > 0) is >= 0 and int bad)
        {
            string model = bad < members.Length ? names[members[bad]] : options.Base!;
            throw new ZooException(
                ZooError.NotFinite, $"Tensor '{tensor}' of model '{model}' has {session.NonFiniteInputs[bad]} NaN or infinite elements: leave the model out.", model, tensor);
        }

        for (int row = 0; row < members.Length; row++)
        {
            for (int column = 0; column < members.Length; column++)
            {
                values[members[row], members[column]] = products[row, column];
            }
        }
    }

    // Columns are added in their order, so that the mean does not depend on how the models were grouped.
    private static double[,] MeanCosines(GramMatrices columns, int count)
    {
        double[,] sums = new double[count, count];
        for (int column = 0; column < columns.Count; column++)
        {
            GramMatrix products = columns[column];
            for (int row = 0; row < count; row++)
            {
                for (int other = 0; other <= row; other++)
                {
                    sums[row, other] += ZooSimilarity.Cosine(products[row, other], products[row, row], products[other, other]);
                }
            }
        }

        double[,] means = new double[count, count];
        for (int row = 0; row < count; row++)
        {
            for (int other = 0; other <= row; other++)
            {
                means[row, other] = means[other, row] = sums[row, other] / columns.Count;
            }
        }

        return means;
    }

    private static double[,] Products(GramMatrix gram)
    {
        double[,] products = new double[gram.Count, gram.Count];
        for (int row = 0; row < gram.Count; row++)
        {
            for (int column = 0; column < gram.Count; column++)
            {
                products[row, column] = gram[row, column];
            }
        }

        return products;
    }

    private int GroupSize(TensorSource[] sources)
    {
        TensorShape shape = sources[0].Shape;
        if (options.Measure is not SimilarityMeasure.PerColumn || shape.Rank < 2 || sources.Length <= 2)
        {
            return sources.Length;
        }

        long columns = shape.ElementCount / Math.Max(1, shape[0]);
        double pairs = (double)options.WorkingMemory / BytesForEachPairAndColumn / Math.Max(1, columns);

        // n models have n(n + 1)/2 pairs, each with itself among them.
        int fitting = (int)Math.Min(int.MaxValue, (Math.Sqrt((8 * pairs) + 1) - 1) / 2);
        return fitting >= sources.Length ? sources.Length : Math.Max(1, fitting / 2);
    }

    private static TensorSource Find(TensorSet model, string name, string tensor) => model.TryGet(tensor, out TensorSource? source)
        ? source
        : throw new ZooException(ZooError.TensorMissing, $"Model '{name}' has no tensor '{tensor}', which others have: compare models of one architecture.", name, tensor);

    private void CheckShapes(string tensor, TensorSource[] sources, TensorSource? origin)
    {
        for (int index = 0; index <= sources.Length; index++)
        {
            TensorSource? source = index < sources.Length ? sources[index] : origin;
            string name = index < sources.Length ? names[index] : options.Base ?? string.Empty;
            if (source is not null && source.Shape != sources[0].Shape)
            {
                throw new ZooException(
                    ZooError.ShapesDiffer, $"Tensor '{tensor}' has shape {sources[0].Shape} in '{names[0]}' and {source.Shape} in '{name}': compare models of one architecture, or leave embeddings out.", name, tensor);
            }

            if (source is not null && !source.DataType.IsFloatingPoint)
            {
                throw new ZooException(ZooError.NotFloats, $"Tensor '{tensor}' of model '{name}' is of {source.DataType.SafetensorsName}; only floats have a direction.", name, tensor);
            }
        }
    }
}
