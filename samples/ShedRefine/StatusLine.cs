namespace ShedRefine;

/// <summary>Tells at once, on the thread that reports: a status needs no order among threads.</summary>
internal sealed class StatusLine(Action<string> tell) : IProgress<string>
{
    public void Report(string value) => tell(value);
}
