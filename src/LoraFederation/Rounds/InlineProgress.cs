namespace LoraFederation.Rounds;

/// <summary>Passes reports on in the call, on the caller's thread and in its order.</summary>
internal sealed class InlineProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
