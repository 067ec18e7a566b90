namespace ModelAggregation.Search.Optimizers;

/// <summary>A run that is written as one loop over batches: what follows a <c>yield</c> finds the batch's values in <see cref="Values"/>.</summary>
internal abstract class IteratedRun : OptimizerRun
{
    private IEnumerator<double[][]>? _batches;
    private double[][]? _batch;
    private bool _isAsked;

    /// <inheritdoc />
    public sealed override bool IsFinished
    {
        get
        {
            if (_batches is null)
            {
                _batches = Batches().GetEnumerator();
                MoveNext();
            }

            return _batch is null;
        }
    }

    /// <summary>Gets the values of the last batch.</summary>
    protected double?[] Values { get; private set; } = [];

    /// <inheritdoc />
    public sealed override IReadOnlyList<double[]> Ask()
    {
        if (IsFinished)
        {
            throw new InvalidOperationException("The run is finished: begin another one.");
        }

        _isAsked = true;
        return _batch!;
    }

    /// <inheritdoc />
    public sealed override void Tell(IReadOnlyList<double?> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (!_isAsked)
        {
            throw new InvalidOperationException("No points were asked for since values were told.");
        }

        if (values.Count != _batch!.Length)
        {
            throw new ArgumentException($"There are {values.Count} values of {_batch.Length} points.", nameof(values));
        }

        if (values.FirstOrDefault(value => value is { } number && !double.IsFinite(number)) is { } odd)
        {
            throw new ArgumentException($"A value is {odd}; it is finite, or null for a point that failed.", nameof(values));
        }

        _isAsked = false;
        Values = [.. values];
        MoveNext();
    }

    /// <summary>Goes through the batches.</summary>
    protected abstract IEnumerable<double[][]> Batches();

    private void MoveNext() => _batch = _batches!.MoveNext() ? _batches.Current : null;
}
