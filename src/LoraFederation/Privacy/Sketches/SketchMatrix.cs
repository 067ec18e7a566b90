using ModelTensors;

namespace LoraFederation.Privacy.Sketches;

/// <summary>Random matrices that all parties make for themselves from a public seed.</summary>
internal static class SketchMatrix
{
    /// <summary>Creates a matrix of independent numbers, uniform with mean 0 and variance 1: F64, the same bits on every machine.</summary>
    public static HostTensor Create(ulong seed, string module, string name, long rows, long columns)
    {
        PhiloxKey key = Philox.DeriveKey(seed, module, name);
        HostTensor matrix = new(DataType.F64, new TensorShape(rows, columns));

        // Words as steps of 2^-31 around zero, then √3. A normal distribution would call the C runtime, which rounds as it likes.
        double step = Math.ScaleB(Math.Sqrt(3), -31);
        for (long row = 0; row < rows; row++)
        {
            Span<double> values = matrix.AsSpan<double>(row * columns, (int)columns);
            for (int i = 0; i < values.Length; i++)
            {
                long element = (row * columns) + i;
                (uint word0, uint word1, uint word2, uint word3) = Philox.Block((ulong)(element / 4), 0, key);
                uint word = (element % 4) switch { 0 => word0, 1 => word1, 2 => word2, _ => word3 };
                values[i] = ((int)word + 0.5) * step;
            }
        }

        return matrix;
    }
}
