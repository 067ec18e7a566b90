using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.LowRank;

/// <summary>A sum of low-rank products of one module, <c>Σ c_k · B_k A_k</c>, as the factors of all side by side: nothing of the size of the weight is formed.</summary>
/// <remarks>
/// Factors are widened to float and kept as they are; coefficients stay in double beside them and enter the small matrices only. A convolution's A is
/// seen as [rank, in·k…], its B as [out, rank]; an embedding's as they are stored.
/// </remarks>
public sealed class LowRankSum : IDisposable
{
    private readonly int[] _starts;

    /// <summary>Reads the factors.</summary>
    /// <param name="terms">The summands, at least one, all of one product's size.</param>
    /// <exception cref="ArgumentException">There are no terms, or their products have different sizes.</exception>
    /// <exception cref="ModelDataException">The factors cannot be read in full.</exception>
    public LowRankSum(IReadOnlyList<LowRankTerm> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentOutOfRangeException.ThrowIfZero(terms.Count);
        Coefficients = [.. terms.Select(term => term.Coefficient)];
        LoraModule first = terms[0].Module;
        Rows = first.B.Shape[0];
        Columns = first.A.Shape.ElementCount / first.Rank;
        _starts = new int[terms.Count + 1];
        for (int i = 0; i < terms.Count; i++)
        {
            LoraModule module = terms[i].Module;
            if (module.B.Shape[0] != Rows || module.A.Shape.ElementCount / module.Rank != Columns)
            {
                throw new ArgumentException(
                    $"Products of one sum have one size: {Rows} × {Columns} at first, then A {module.A.Shape} and B {module.B.Shape} of '{module.Path}'.", nameof(terms));
            }

            _starts[i + 1] = checked(_starts[i] + (int)module.Rank);
        }

        Left = new HostTensor(DataType.F32, new TensorShape(Rows, Rank));
        Right = new HostTensor(DataType.F32, new TensorShape(Rank, Columns));
        for (int i = 0; i < terms.Count; i++)
        {
            FactorReader.CopyColumns(terms[i].Module.B, Left, _starts[i]);
            FactorReader.CopyRows(terms[i].Module.A, Right, _starts[i]);
        }
    }

    /// <summary>Takes factors that are side by side already.</summary>
    /// <param name="left">The B factors beside each other: F32, [rows, R]. Owned by the sum from now on.</param>
    /// <param name="right">The A factors below each other: F32, [R, columns]. Owned by the sum from now on.</param>
    /// <param name="ranks">The rank of each summand, not negative; together R.</param>
    /// <param name="coefficients">What multiplies each product; finite, as many as ranks.</param>
    /// <exception cref="ArgumentException">The factors, ranks and coefficients do not fit together.</exception>
    public LowRankSum(HostTensor left, HostTensor right, IReadOnlyList<int> ranks, IReadOnlyList<double> coefficients)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentNullException.ThrowIfNull(coefficients);
        bool fits = left.DataType == DataType.F32 && right.DataType == DataType.F32 && left.Shape.Rank == 2 && right.Shape.Rank == 2
            && left.Shape[1] == right.Shape[0] && ranks.Count == coefficients.Count && ranks.All(rank => rank >= 0)
            && ranks.Sum(rank => (long)rank) == right.Shape[0] && coefficients.All(double.IsFinite);
        if (!fits)
        {
            throw new ArgumentException(
                $"Factors [rows, R] and [R, columns] of F32 with ranks of sum R: they are {left.Shape} {left.DataType.SafetensorsName} and {right.Shape} "
                + $"{right.DataType.SafetensorsName} with ranks {string.Join(" + ", ranks)} and {coefficients.Count} finite coefficients.",
                nameof(ranks));
        }

        Coefficients = [.. coefficients];
        Rows = left.Shape[0];
        Columns = right.Shape[1];
        _starts = new int[ranks.Count + 1];
        for (int i = 0; i < ranks.Count; i++)
        {
            _starts[i + 1] = _starts[i] + ranks[i];
        }

        Left = left;
        Right = right;
    }

    /// <summary>Gets what multiplies each summand, in the order of their columns.</summary>
    public IReadOnlyList<double> Coefficients { get; }

    /// <summary>Gets the number of rows of the product: the outputs.</summary>
    public long Rows { get; }

    /// <summary>Gets the number of columns of the product: the inputs, or a convolution's inputs times its kernel.</summary>
    public long Columns { get; }

    /// <summary>Gets the sum of the ranks, R.</summary>
    public int Rank => _starts[^1];

    /// <summary>Gets the B factors beside each other: F32, [rows, rank].</summary>
    public HostTensor Left { get; }

    /// <summary>Gets the A factors below each other: F32, [rank, columns].</summary>
    public HostTensor Right { get; }

    /// <summary>Returns the first column of a term.</summary>
    /// <param name="term">The term, from 0.</param>
    public int StartOf(int term) => _starts[term];

    /// <summary>Returns the rank of a term: its number of columns.</summary>
    /// <param name="term">The term, from 0.</param>
    public int RankOf(int term) => _starts[term + 1] - _starts[term];

    /// <summary>Returns the coefficient of each column: that of its term.</summary>
    public double[] ColumnCoefficients()
    {
        double[] coefficients = new double[Rank];
        for (int i = 0; i < Coefficients.Count; i++)
        {
            coefficients.AsSpan(_starts[i], RankOf(i)).Fill(Coefficients[i]);
        }

        return coefficients;
    }

    /// <summary>Releases the factors.</summary>
    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
    }
}
