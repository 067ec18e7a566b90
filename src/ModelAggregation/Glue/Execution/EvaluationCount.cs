namespace ModelAggregation.Glue.Execution;

/// <summary>The number of evaluations so far. Safe to use from several threads.</summary>
internal sealed class EvaluationCount
{
    private int _value;

    public int Value => Volatile.Read(ref _value);

    public void Increment() => Interlocked.Increment(ref _value);
}
