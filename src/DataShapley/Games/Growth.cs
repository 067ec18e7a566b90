namespace DataShapley.Games;

/// <summary>What is known of a growing coalition. Its rule is told each step once, whatever the steps come from: the utility, a journal, single evaluations.</summary>
internal sealed class Growth(int length, Func<int, double, bool>? goesOn)
{
    private readonly Lock _gate = new();
    private readonly double[] _values = new double[length];
    private bool _isStopped;
    private bool _isClosed;

    public int Count { get; private set; }

    /// <summary>Gets how many of the first values the utility computed, before one that stands in for a failure.</summary>
    public int GenuineCount { get; private set; }

    /// <summary>Gets whether every player joined, or the rule said to stop.</summary>
    public bool IsDone => _isStopped || Count == _values.Length;

    /// <summary>Gets whether no rule is told: then steps may be evaluated ahead.</summary>
    public bool IsFree => goesOn is null;

    /// <summary>Takes the value of the next step.</summary>
    /// <returns>Whether to go on.</returns>
    public bool Tell(double value) => Tell(value, isGenuine: false);

    /// <summary>Takes the value of the next step.</summary>
    /// <returns>Whether to go on.</returns>
    public bool Tell(double value, bool isGenuine)
    {
        lock (_gate)
        {
            if (_isClosed || IsDone)
            {
                return false;
            }

            GenuineCount += isGenuine && GenuineCount == Count ? 1 : 0;
            _values[Count++] = value;
            _isStopped = goesOn?.Invoke(Count, value) == false;
            return !IsDone;
        }
    }

    /// <summary>Ends what a call that took too long can tell.</summary>
    public Growth Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            return new Growth(_values, Count, _isStopped, goesOn) { GenuineCount = GenuineCount };
        }
    }

    public double[] ToArray() => _values[..Count];

    private Growth(double[] values, int count, bool isStopped, Func<int, double, bool>? goesOn)
        : this(values.Length, goesOn)
    {
        values.CopyTo(_values, 0);
        Count = count;
        _isStopped = isStopped;
    }
}
