namespace ModelTensors.Adapters;

/// <summary>What a module adds to one tensor, seen as rows and columns: <c>scale · Left · Right</c>, of which the factors are read when needed.</summary>
/// <param name="left">The factor with one row for each row of the tensor.</param>
/// <param name="isLeftStoredTransposed">Whether it is stored [rank, rows].</param>
/// <param name="right">The factor with one column for each column of the tensor; null for the number one.</param>
/// <param name="isRightStoredTransposed">Whether it is stored [columns, rank].</param>
/// <param name="rows">The number of rows.</param>
/// <param name="columns">The number of columns.</param>
/// <param name="rank">The rank.</param>
/// <param name="scale">The factor of the product.</param>
internal sealed class LowRankUpdate(
    TensorSource left, bool isLeftStoredTransposed, TensorSource? right, bool isRightStoredTransposed, long rows, long columns, int rank, float scale)
{
    /// <summary>The update of a module's weight.</summary>
    public static LowRankUpdate OfWeight(LoraModule module)
    {
        // (B A)ᵀ = Aᵀ Bᵀ: where the weight is stored [in, out], the factors change sides.
        bool isTransposed = module.IsTransposed || module.Kind == LoraModuleKind.Embedding;
        long inputs = module.A.Shape.ElementCount / module.Rank;
        long outputs = module.B.Shape[0];
        return isTransposed
            ? new LowRankUpdate(module.A, true, module.B, true, inputs, outputs, (int)module.Rank, (float)module.Scaling)
            : new LowRankUpdate(module.B, false, module.A, false, outputs, inputs, (int)module.Rank, (float)module.Scaling);
    }

    /// <summary>The product of a module's factors, [out, in], wherever it is added.</summary>
    public static LowRankUpdate OfProduct(LoraModule module) => new(
        module.B, false, module.A, false, module.B.Shape[0], module.A.Shape.ElementCount / module.Rank, (int)module.Rank, (float)module.Scaling);

    /// <summary>The update of a module's bias: one column, as it is.</summary>
    public static LowRankUpdate OfBias(TensorSource bias, double scaling) =>
        new(bias, false, null, false, bias.Shape.ElementCount, 1, 1, (float)scaling);

    /// <summary>Reads the factors as floats.</summary>
    public LowRankFactors Load() => new(
        Matrix(left, isLeftStoredTransposed, rows, rank),
        right is null ? [1] : Matrix(right, isRightStoredTransposed, rank, columns),
        rank,
        columns,
        scale);

    private static float[] Matrix(TensorSource source, bool isStoredTransposed, long rows, long columns)
    {
        float[] stored = new float[source.Shape.ElementCount];
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        FloatConversion.Widen(bytes, source.DataType, stored);
        if (!isStoredTransposed)
        {
            return stored;
        }

        float[] turned = new float[stored.Length];
        for (long row = 0; row < rows; row++)
        {
            for (long column = 0; column < columns; column++)
            {
                turned[(row * columns) + column] = stored[(column * rows) + row];
            }
        }

        return turned;
    }
}
