namespace ModelAggregation.Glue.Execution;

/// <summary>Hands on what is told, at once and on the same thread.</summary>
internal sealed class RelayedProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
