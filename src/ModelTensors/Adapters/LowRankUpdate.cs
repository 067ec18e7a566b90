using System.Runtime.InteropServices;
using ModelTensors.Kernels;

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

    /// <summary>Reads the factors, and packs one of them.</summary>
    public unsafe LowRankFactors Load()
    {
        (byte[] leftBytes, DataType leftType) = Read(left);
        (byte[] rightBytes, DataType rightType) = right is null ? (BitConverter.GetBytes(1f), DataType.F32) : Read(right);
        fixed (byte* start = rightBytes)
        {
            GemmOperand operand = isRightStoredTransposed
                ? new GemmOperand(start, rightType, columns, rank, rank, transposed: true)
                : new GemmOperand(start, rightType, rank, columns, columns);
            return new LowRankFactors(leftBytes, leftType, isLeftStoredTransposed, PackedOperand.Create(operand), rows, rank, columns, scale);
        }
    }

    // Products read F32, F16 and BF16; wider numbers are rounded to float first.
    private static (byte[] Bytes, DataType Type) Read(TensorSource source)
    {
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        if (source.DataType is DataType.F32 or DataType.F16 or DataType.BF16)
        {
            return (bytes, source.DataType);
        }

        byte[] floats = new byte[source.Shape.ElementCount * sizeof(float)];
        FloatConversion.Widen(bytes, source.DataType, MemoryMarshal.Cast<byte, float>(floats.AsSpan()));
        return (floats, DataType.F32);
    }
}
