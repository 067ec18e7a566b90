namespace ModelTensors.Checkpoints;

/// <summary>Finds the scales beside the 8-bit floats of a checkpoint.</summary>
/// <param name="Sources">The tensors whose scales are applied, as F32.</param>
/// <param name="Hidden">The names of the scales, which are no weights of the model.</param>
internal sealed record Float8Scales(IReadOnlyDictionary<string, TensorSource> Sources, IReadOnlySet<string> Hidden)
{
    private const string WeightSuffix = "weight";

    // compressed-tensors and transformers' fp8 name them differently; both multiply the stored value, despite "inv".
    private static readonly string[] Suffixes = ["_scale", "_scale_inv"];

    public static Float8Scales Find(IReadOnlyDictionary<string, TensorSource> tensors, QuantizationScheme? scheme, string path)
    {
        Dictionary<string, TensorSource> sources = new(StringComparer.Ordinal);
        HashSet<string> hidden = new(StringComparer.Ordinal);
        foreach ((string name, TensorSource source) in tensors)
        {
            if (!source.DataType.IsFloat8)
            {
                continue;
            }

            string[] scales = [.. Suffixes.Select(suffix => name + suffix).Where(tensors.ContainsKey)];
            if (scales.Length == 0)
            {
                if (scheme?.Ignores(name) == false)
                {
                    throw Refuse(path, name, $"has no '{name}_scale' or '{name}_scale_inv', though the configuration says that it is quantized");
                }

                continue;
            }

            if (scales.Length > 1)
            {
                throw Refuse(path, name, $"has both '{scales[0]}' and '{scales[1]}'");
            }

            sources.Add(name, Scaled(path, name, source, scales[0], tensors[scales[0]], scheme?.Block));
            hidden.Add(scales[0]);
            if (name.EndsWith(WeightSuffix, StringComparison.Ordinal) && name[..^WeightSuffix.Length] + "input_scale" is string input && tensors.ContainsKey(input))
            {
                hidden.Add(input);
            }
        }

        return new Float8Scales(sources, hidden);
    }

    private static ScaledTensorSource Scaled(
        string path, string name, TensorSource source, string scaleName, TensorSource scale, (int Rows, int Columns)? block)
    {
        if (scale.DataType is not (DataType.F32 or DataType.BF16 or DataType.F16))
        {
            throw Refuse(path, name, $"has a scale '{scaleName}' of type {scale.DataType.SafetensorsName}; F32, BF16 and F16 can be read");
        }

        // The tensor as a matrix: the first dimension are the rows, all others together the columns.
        long count = source.Shape.ElementCount;
        long rows = source.Shape.Rank > 1 ? source.Shape[0] : count;
        long columns = rows == 0 ? 0 : count / rows;
        if (scale.Shape.ElementCount == 1)
        {
            return new ScaledTensorSource(source, scale, columns, Math.Max(rows, 1), Math.Max(columns, 1));
        }

        if (source.Shape.Rank > 1 && scale.Shape.ElementCount == rows && scale.Shape.Rank > 0 && scale.Shape[0] == rows)
        {
            return new ScaledTensorSource(source, scale, columns, 1, Math.Max(columns, 1));
        }

        if (source.Shape.Rank == 2
            && block is (int blockRows, int blockColumns)
            && scale.Shape == new TensorShape(DivideUp(rows, blockRows), DivideUp(columns, blockColumns)))
        {
            return new ScaledTensorSource(source, scale, columns, blockRows, blockColumns);
        }

        string blocks = block is (int r, int c) ? $"blocks of {r} x {c}" : "blocks, for which 'weight_block_size' is missing";
        throw Refuse(path, name, $"of shape {source.Shape} has a scale '{scaleName}' of shape {scale.Shape}, which fits neither a scalar, rows nor {blocks}");
    }

    private static long DivideUp(long value, int divisor) => (value / divisor) + (value % divisor == 0 ? 0 : 1);

    private static CheckpointException Refuse(string path, string name, string what) =>
        new(CheckpointError.UnsupportedQuantization, $"Tensor '{name}' {what}.", path, name);
}
