using ModelTensors.Devices;

namespace ModelTensors.LowRank;

/// <summary>A matrix as orthonormal columns times an upper triangle, in double: <c>matrix = Q · R</c>.</summary>
/// <remarks>
/// Blocks of columns lose what those before them span, then are made orthonormal among themselves, all of it twice (Barlow and Smoktunowicz 2013): orthogonal to
/// rounding, and most of it products of matrices. A column that depends on those before it becomes zero, whatever the rank. The bits are the same for any number
/// of threads.
/// </remarks>
public sealed class ThinQr : IDisposable
{
    // One panel of a product: what is orthogonalised column by column stays a small part of the work.
    private const int Block = 16;

    // What a column loses to those before it, beyond which nothing but rounding is left of it.
    private const double Negligible = 1e-12;

    private readonly TensorDevice _device;
    private readonly CancellationToken _cancellationToken;
    private readonly int _count;
    private readonly double[] _triangle;

    private ThinQr(Matrix matrix, TensorDevice device, CancellationToken cancellationToken)
    {
        _device = device;
        _cancellationToken = cancellationToken;
        _count = (int)matrix.Columns;
        _triangle = new double[_count * _count];
        Q = new HostTensor(DataType.F64, new TensorShape(matrix.Rows, _count));
    }

    /// <summary>Gets the orthonormal columns: F64, of the size of the matrix. Dependent columns are zero.</summary>
    public HostTensor Q { get; }

    /// <summary>Gets the upper triangle, row after row: n × n for n columns of the matrix. Rows of dependent columns are zero.</summary>
    public ReadOnlyMemory<double> R => _triangle;

    /// <summary>Decomposes a matrix. Takes eight bytes for each of its elements.</summary>
    /// <param name="matrix">m × n; F32, F16, BF16 or F64. Finite.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="cancellationToken">Stops between columns.</param>
    /// <exception cref="ArgumentException">A column holds NaN or infinity.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The matrix has more rows than a panel of 16, or more columns than a triangle, can have in an array.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ThinQr Decompose(Matrix matrix, TensorDevice device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(matrix.Rows, Array.MaxLength / Block, nameof(matrix));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(matrix.Columns, (long)Math.Sqrt(Array.MaxLength), nameof(matrix));
        ThinQr result = new(matrix, device, cancellationToken);
        try
        {
            for (int first = 0; first < result._count; first += Block)
            {
                result.AddBlock(matrix, first);
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Releases the columns.</summary>
    public void Dispose() => Q.Dispose();

    private void AddBlock(Matrix matrix, int first)
    {
        int width = Math.Min(Block, _count - first);
        Matrix place = Matrix.Of(Q).Block(0, first, matrix.Rows, width);
        Widen(matrix.Block(0, first, matrix.Rows, width), place);
        ColumnMatrix panel = new((int)matrix.Rows, width);
        Read(panel, first);
        double[] lengths = Lengths(panel);
        if (!lengths.All(double.IsFinite))
        {
            throw new ArgumentException($"Columns {first} to {first + width - 1} of the matrix hold NaN or infinity: only finite matrices are decomposed.", nameof(matrix));
        }

        double[] parts = Project(place, first);
        Read(panel, first);
        double[] remaining = Lengths(panel);
        for (int column = 0; column < width; column++)
        {
            if (remaining[column] <= lengths[column] * Negligible)
            {
                panel[column].Clear();
            }
        }

        double[] inner = panel.Orthonormalize(_cancellationToken);
        Write(panel, first);

        double[] moreParts = Project(place, first);
        Read(panel, first);
        double[] outer = panel.Orthonormalize(_cancellationToken);
        Write(panel, first);

        // X = Q S + P T, then P = Q S' + P' T': X = Q (S + S' T) + P' (T' T).
        for (int column = 0; column < width; column++)
        {
            for (int row = 0; row < first; row++)
            {
                double sum = parts[(row * width) + column];
                for (int k = 0; k <= column; k++)
                {
                    sum += moreParts[(row * width) + k] * inner[(column * width) + k];
                }

                _triangle[(row * _count) + first + column] = sum;
            }

            for (int row = 0; row <= column; row++)
            {
                double sum = 0;
                for (int k = row; k <= column; k++)
                {
                    sum += outer[(k * width) + row] * inner[(column * width) + k];
                }

                _triangle[((first + row) * _count) + first + column] = sum;
            }
        }
    }

    /// <summary>Copies a block into columns of doubles: its product with ones on the diagonal, which is exact.</summary>
    private void Widen(Matrix block, Matrix place)
    {
        using HostTensor identity = new(DataType.F64, new TensorShape(block.Columns, block.Columns));
        for (int i = 0; i < block.Columns; i++)
        {
            identity.AsSpan<double>(i * (block.Columns + 1), 1)[0] = 1;
        }

        _device.MatMul(block, Matrix.Of(identity), place, cancellationToken: _cancellationToken);
    }

    /// <summary>Takes from a block what the columns before it span; returns how much of each, row after row.</summary>
    private double[] Project(Matrix place, int first)
    {
        if (first == 0)
        {
            return [];
        }

        int width = (int)place.Columns;
        Matrix before = Matrix.Of(Q).Block(0, 0, place.Rows, first);
        using HostTensor parts = new(DataType.F64, new TensorShape(first, width));
        _device.MatMul(before.Transposed, place, Matrix.Of(parts), cancellationToken: _cancellationToken);
        _device.MatMul(before, Matrix.Of(parts), place, alpha: -1, beta: 1, _cancellationToken);
        return parts.AsSpan<double>(0, first * width).ToArray();
    }

    private static double[] Lengths(ColumnMatrix panel)
    {
        double[] lengths = new double[panel.Count];
        for (int column = 0; column < lengths.Length; column++)
        {
            lengths[column] = Math.Sqrt(ColumnMatrix.Dot(panel[column], panel[column]));
        }

        return lengths;
    }

    private void Read(ColumnMatrix panel, int first)
    {
        for (int row = 0; row < panel.Length; row++)
        {
            ReadOnlySpan<double> values = Q.AsSpan<double>(((long)row * _count) + first, panel.Count);
            for (int column = 0; column < values.Length; column++)
            {
                panel[column][row] = values[column];
            }
        }
    }

    private void Write(ColumnMatrix panel, int first)
    {
        for (int row = 0; row < panel.Length; row++)
        {
            Span<double> values = Q.AsSpan<double>(((long)row * _count) + first, panel.Count);
            for (int column = 0; column < values.Length; column++)
            {
                values[column] = panel[column][row];
            }
        }
    }
}
