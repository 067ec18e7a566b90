namespace Documentation.Tests;

/// <summary>A folder with links to the sample's models, which becomes the snippet's place to work and is deleted afterwards.</summary>
internal sealed class WorkFolder : IDisposable
{
    public WorkFolder(string name)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"documentation-{name}-{Environment.ProcessId}");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public static string Models => System.IO.Path.Combine(Repository.Root, "samples", "models");

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
