using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Devices;
using ModelTensors.LowRank;

namespace LoraFederation.Privacy.Sketches;

/// <summary>Two small linear images of a module's update, <c>Y = ΔW Ω</c> and <c>Z = Ψ ΔW</c>, from whose sums over clients the sum of the updates comes back.</summary>
/// <remarks>
/// <para>Ω and Ψ follow from a public seed. <c>Σ c_k B_k (A_k Ω)</c> and <c>Σ c_k (Ψ B_k) A_k</c> are sums, so masks and other additive protection apply, and
/// <c>ΔW = Y (Ψ Y)⁺ Z</c> (generalised Nyström: Tropp, Yurtsever, Udell and Cevher 2017, arXiv 1609.00048; Nakatsukasa 2020, arXiv 2009.11392). FedASK (arXiv 2507.09990) has the same idea.</para>
/// <para>Exact, but for rounding, where <see cref="RangeColumns"/> is at least the rank of the sum, so at least the sum of the clients' ranks; the sizes of what is
/// sent do not depend on a client's rank and so do not give it away. With fewer columns the result is a few times as far off as the best of its rank; the
/// residual says how far. Two short images leave nothing to hide behind: without masks each gives its client's update away.</para>
/// </remarks>
public sealed record LinearSketch
{
    /// <summary>Creates the sketch of a module.</summary>
    /// <param name="path">The module's path: each has matrices of its own.</param>
    /// <param name="rows">m, the rows of B; at least 1.</param>
    /// <param name="columns">n, the elements of a row of A; at least 1.</param>
    /// <param name="rangeColumns">l₁, the columns of Y; at least 1. Cut to m or n, the most that a rank can be.</param>
    /// <param name="seed">The public seed.</param>
    public LinearSketch(string path, long rows, long columns, int rangeColumns, ulong seed)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rangeColumns, 1);
        Path = path;
        Rows = rows;
        Columns = columns;
        RangeColumns = (int)Math.Min(rangeColumns, Math.Min(rows, columns));
        Seed = seed;
    }

    /// <summary>Gets the module's path.</summary>
    public string Path { get; }

    /// <summary>Gets m.</summary>
    public long Rows { get; }

    /// <summary>Gets n.</summary>
    public long Columns { get; }

    /// <summary>Gets l₁, the columns of Y: the greatest rank that comes back exactly.</summary>
    public int RangeColumns { get; }

    /// <summary>Gets l₂, the rows of Z: half as many again as l₁ and eight, so that the small problem between them is well posed and leaves a residual.</summary>
    public int CorangeRows => checked(RangeColumns + (RangeColumns / 2) + 8);

    /// <summary>Gets the public seed.</summary>
    public ulong Seed { get; }

    /// <summary>Computes the images of a sum of products, coefficients included; nothing of its size is formed.</summary>
    /// <param name="sum">A client's update of the module, or several.</param>
    /// <param name="device">Multiplies, in double.</param>
    /// <param name="cancellationToken">Stops the multiplications.</param>
    /// <returns>Y, [m, l₁], and Z, [l₂, n], both F64; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">The products have another size.</exception>
    public (HostTensor Range, HostTensor Corange) Apply(LowRankSum sum, TensorDevice device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(device);
        if (sum.Rows != Rows || sum.Columns != Columns)
        {
            throw new ArgumentException($"The sketch of '{Path}' is for products of {Rows} × {Columns}, not of {sum.Rows} × {sum.Columns}.", nameof(sum));
        }

        double[] coefficients = sum.ColumnCoefficients();
        HostTensor range = new(DataType.F64, new TensorShape(Rows, RangeColumns));
        using (HostTensor omega = SketchMatrix.Create(Seed, Path, "omega", Columns, RangeColumns))
        using (HostTensor small = new(DataType.F64, new TensorShape(sum.Rank, RangeColumns)))
        {
            device.MatMul(Matrix.Of(sum.Right), Matrix.Of(omega), Matrix.Of(small), cancellationToken: cancellationToken);
            for (int row = 0; row < sum.Rank; row++)
            {
                foreach (ref double value in small.AsSpan<double>((long)row * RangeColumns, RangeColumns))
                {
                    value *= coefficients[row];
                }
            }

            device.MatMul(Matrix.Of(sum.Left), Matrix.Of(small), Matrix.Of(range), cancellationToken: cancellationToken);
        }

        HostTensor corange = new(DataType.F64, new TensorShape(CorangeRows, Columns));
        using (HostTensor psi = Psi())
        using (HostTensor small = new(DataType.F64, new TensorShape(CorangeRows, sum.Rank)))
        {
            device.MatMul(Matrix.Of(psi), Matrix.Of(sum.Left), Matrix.Of(small), cancellationToken: cancellationToken);
            for (int row = 0; row < CorangeRows; row++)
            {
                Span<double> values = small.AsSpan<double>((long)row * sum.Rank, sum.Rank);
                for (int column = 0; column < values.Length; column++)
                {
                    values[column] *= coefficients[column];
                }
            }

            device.MatMul(Matrix.Of(small), Matrix.Of(sum.Right), Matrix.Of(corange), cancellationToken: cancellationToken);
        }

        return (range, corange);
    }

    /// <summary>Gives the sum of the updates back from the sums of the images.</summary>
    /// <param name="range">Y, F64, [m, l₁]; finite.</param>
    /// <param name="corange">Z, F64, [l₂, n]; finite. It is overwritten.</param>
    /// <param name="device">Multiplies, in double.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">The images have other sizes.</exception>
    /// <exception cref="InvalidOperationException">The images are not finite, or not of one update.</exception>
    public SketchedProduct Reconstruct(HostTensor range, HostTensor corange, TensorDevice device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(range);
        ArgumentNullException.ThrowIfNull(corange);
        ArgumentNullException.ThrowIfNull(device);
        if (range.Shape != new TensorShape(Rows, RangeColumns) || corange.Shape != new TensorShape(CorangeRows, Columns))
        {
            throw new ArgumentException($"The images of '{Path}' are [{Rows}, {RangeColumns}] and [{CorangeRows}, {Columns}], not {range.Shape} and {corange.Shape}.", nameof(range));
        }

        // Y (Ψ Y)⁺ Z = Q (Ψ Q)⁺ Z for orthonormal columns Q of the range of Y: the same number, without the condition of Y.
        using HostTensor basis = SketchBasis.Of(range, device, cancellationToken);
        int rank = (int)basis.Shape[1];
        using HostTensor psi = Psi();
        using HostTensor seen = new(DataType.F64, new TensorShape(CorangeRows, rank));
        device.MatMul(Matrix.Of(psi), Matrix.Of(basis), Matrix.Of(seen), cancellationToken: cancellationToken);
        using ThinQr small = ThinQr.Decompose(Matrix.Of(seen), device, cancellationToken);
        using HostTensor solution = new(DataType.F64, new TensorShape(rank, Columns));
        device.MatMul(Matrix.Of(small.Q).Transposed, Matrix.Of(corange), Matrix.Of(solution), cancellationToken: cancellationToken);
        SketchBasis.SolveUpper(small.R.Span, solution);

        // What the fit leaves of Z shows, over the l₂ − rank directions that it could not bend to, what of ΔW is outside the range. The fit itself is as far off
        // as that times the rank over l₂ − rank − 1, squared, on average for normal Ψ.
        double whole = SketchBasis.Norm(corange);
        device.MatMul(Matrix.Of(seen), Matrix.Of(solution), Matrix.Of(corange), alpha: -1, beta: 1, cancellationToken: cancellationToken);
        double left = SketchBasis.Norm(corange) * Math.Sqrt(CorangeRows / (double)(CorangeRows - rank) * (1 + (rank / (CorangeRows - rank - 1.0))));
        return new SketchedProduct(SketchBasis.Narrow(basis), SketchBasis.Narrow(solution), whole > 0 ? left / whole : 0);
    }

    private HostTensor Psi() => SketchMatrix.Create(Seed, Path, "psi", CorangeRows, Rows);
}
