using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Cholesky factors: block columns from left to right, the rows of each in parallel.</content>
public sealed unsafe partial class CpuDevice
{
    /// <inheritdoc />
    public override bool TryFactorCholesky(HostTensor matrix, out long pivot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.DataType != DataType.F64 || matrix.Shape.Rank != 2 || matrix.Shape[0] != matrix.Shape[1])
        {
            throw new ArgumentException($"A matrix to factor is square, of type F64: it is {matrix.Shape} {matrix.DataType.SafetensorsName}.", nameof(matrix));
        }

        long size = matrix.Shape[0];
        using NativeBuffer panel = new(size * CholeskyKernels.Block * sizeof(double));
        double* elements = (double*)matrix.Address(0);
        double* packed = (double*)panel.DangerousGetHandle();
        for (long first = 0; first < size; first += CholeskyKernels.Block)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int columns = (int)Math.Min(CholeskyKernels.Block, size - first);
            double* diagonal = elements + (first * size) + first;
            CholeskyKernels.Pack(elements, size, first, columns, packed);
            CholeskyKernels.Update(elements + (first * size), size, columns, first, columns, packed);
            int failed = CholeskyKernels.FactorDiagonal(diagonal, size, columns);
            if (failed >= 0)
            {
                pivot = first + failed;
                return false;
            }

            long start = first;
            ForEachBlock(size - first - columns, CholeskyKernels.Block, (offset, count) =>
            {
                double* rows = elements + ((start + columns + offset) * size);
                CholeskyKernels.Update(rows, size, count, start, columns, packed);
                for (int i = 0; i < count; i++)
                {
                    CholeskyKernels.SolveRow(rows + (i * size) + start, diagonal, size, columns);
                }
            });
        }

        // Solving reads both triangles row by row.
        for (long row = 0; row < size; row++)
        {
            for (long column = row + 1; column < size; column++)
            {
                elements[(row * size) + column] = elements[(column * size) + row];
            }
        }

        GC.KeepAlive(matrix);
        pivot = -1;
        return true;
    }

    /// <inheritdoc />
    public override void SolveCholesky(HostTensor factor, HostTensor rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factor);
        ArgumentNullException.ThrowIfNull(rows);
        long size = factor.Shape[0];
        if (rows.DataType != DataType.F32 || rows.Shape.Rank != 2 || rows.Shape[1] != size)
        {
            throw new ArgumentException($"Rows to solve have {size} elements of type F32: they are {rows.Shape} {rows.DataType.SafetensorsName}.", nameof(rows));
        }

        double* elements = (double*)factor.Address(0);
        float* values = (float*)rows.Address(0);
        ForEachBlock(rows.Shape[0], CholeskyKernels.Lanes, (offset, count) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using NativeBuffer buffer = new(size * CholeskyKernels.Lanes * sizeof(double));
            double* lanes = (double*)buffer.DangerousGetHandle();
            float* own = values + (offset * size);
            for (int lane = 0; lane < count; lane++)
            {
                for (long k = 0; k < size; k++)
                {
                    lanes[(k * CholeskyKernels.Lanes) + lane] = own[(lane * size) + k];
                }
            }

            CholeskyKernels.Solve(elements, size, lanes);
            for (int lane = 0; lane < count; lane++)
            {
                for (long k = 0; k < size; k++)
                {
                    own[(lane * size) + k] = (float)lanes[(k * CholeskyKernels.Lanes) + lane];
                }
            }
        });
        GC.KeepAlive(factor);
        GC.KeepAlive(rows);
    }

    /// <summary>Runs an action over blocks of rows, on as many threads as compute at a time.</summary>
    private void ForEachBlock(long rows, int block, Action<long, int> action)
    {
        long next = -block;
        int workers = (int)Math.Min(Options.Threads, (rows + block - 1) / block);
        if (workers < 1)
        {
            return;
        }

        Run(workers, (_, failure) =>
        {
            for (long row; !failure.HasFailed && (row = Interlocked.Add(ref next, block)) < rows;)
            {
                action(row, (int)Math.Min(block, rows - row));
            }
        });
    }
}
