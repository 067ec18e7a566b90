namespace ModelTensors;

/// <summary>Says what each row of a <see cref="GatheredRowsSource"/> is: a row of some matrix, zeros, or a mean of rows. Not to be changed once a source has it.</summary>
public sealed class RowMap
{
    // What stands in place of a matrix's index.
    private const int Zeros = -1;
    private const int MeanOfSome = -2;
    private const int MeanOfAll = -3;

    private readonly List<RowOrigin> _rows = [];
    private readonly List<RowOrigin[]> _means = [];

    /// <summary>Gets the number of rows.</summary>
    public int Count => _rows.Count;

    /// <summary>Gets how many rows, from the first, <see cref="AddMeanOfAll"/> takes the mean of; such rows themselves never count.</summary>
    /// <value>All rows by default.</value>
    public int AveragedCount { get; init; } = int.MaxValue;

    /// <summary>Gets whether some row is a mean, so that a storage type narrower than float would round it before it is used.</summary>
    public bool HasMeans { get; private set; }

    /// <summary>Adds a row that is one of a matrix.</summary>
    /// <param name="origin">The row.</param>
    public void Add(RowOrigin origin)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(origin.Matrix, nameof(origin));
        ArgumentOutOfRangeException.ThrowIfNegative(origin.Row, nameof(origin));
        _rows.Add(origin);
    }

    /// <summary>Adds a row of zeros.</summary>
    public void AddZeros() => _rows.Add(new RowOrigin(Zeros, 0));

    /// <summary>Adds a row that is the mean of rows.</summary>
    /// <param name="origins">The rows; at least one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public void AddMean(IReadOnlyList<RowOrigin> origins)
    {
        ArgumentNullException.ThrowIfNull(origins);
        if (origins.Count == 0)
        {
            throw new ArgumentException("A mean needs at least one row.", nameof(origins));
        }

        HasMeans = true;
        _rows.Add(new RowOrigin(MeanOfSome, _means.Count));
        _means.Add([.. origins]);
    }

    /// <summary>Adds a row that is the mean of all rows of this map, as far as <see cref="AveragedCount"/>.</summary>
    public void AddMeanOfAll()
    {
        HasMeans = true;
        _rows.Add(new RowOrigin(MeanOfAll, 0));
    }

    /// <summary>Returns whether the map gives one matrix as it is.</summary>
    /// <param name="matrix">The matrix's index.</param>
    /// <param name="rows">Its rows.</param>
    public bool IsIdentity(int matrix, long rows)
    {
        for (int row = 0; row < _rows.Count; row++)
        {
            if (_rows[row] != new RowOrigin(matrix, row))
            {
                return false;
            }
        }

        return rows == _rows.Count;
    }

    /// <summary>Counts how many rows from <paramref name="row"/> on follow each other in one matrix, or are zeros; 0 for a mean.</summary>
    internal long RunLength(long row, long most)
    {
        RowOrigin first = _rows[(int)row];
        if (first.Matrix < Zeros)
        {
            return 0;
        }

        int step = first.Matrix == Zeros ? 0 : 1;
        long length = 1;
        while (length < most && row + length < _rows.Count && _rows[(int)(row + length)] == first with { Row = first.Row + (step * length) })
        {
            length++;
        }

        return length;
    }

    /// <summary>Returns where a row is read, or null for a row of zeros.</summary>
    internal RowOrigin? Origin(long row) => _rows[(int)row] is { Matrix: >= 0 } origin ? origin : null;

    /// <summary>Returns the rows that a row is the mean of, or null for the mean of all.</summary>
    internal RowOrigin[]? Mean(long row) => _rows[(int)row] is { Matrix: MeanOfSome, Row: var index } ? _means[(int)index] : null;

    /// <summary>Returns whether a row counts for the mean of all.</summary>
    internal bool IsAveraged(long row) => row < AveragedCount && _rows[(int)row].Matrix != MeanOfAll;

    /// <summary>Checks that all rows are in the matrices.</summary>
    internal void Check(IReadOnlyList<TensorSource> matrices)
    {
        foreach (RowOrigin origin in _rows.Where(origin => origin.Matrix >= 0).Concat(_means.SelectMany(mean => mean)))
        {
            if (origin.Matrix >= matrices.Count || origin.Row >= matrices[origin.Matrix].Shape[0])
            {
                throw new ArgumentException($"Row {origin.Row} of matrix {origin.Matrix} is not in the {matrices.Count} matrices.", nameof(matrices));
            }
        }
    }
}
