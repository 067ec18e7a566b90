using System.Globalization;

namespace ModelSdk.Testing;

/// <summary>A folder of a test's own, deleted with it.</summary>
internal sealed class TestFolder : IDisposable
{
    private static int _count;

    public TestFolder()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"model-aggregation-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        Path = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), name)).FullName;
    }

    public string Path { get; }

    public string this[params string[] names] => System.IO.Path.Combine([Path, .. names]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
