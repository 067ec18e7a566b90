namespace ModelTensors.Checkpoints;

/// <summary>What identifies a file of tensors without reading all of it.</summary>
/// <param name="Name">The file's name, without its folder.</param>
/// <param name="Length">The length in bytes.</param>
/// <param name="HeaderSha256">The SHA-256 of the safetensors header (length prefix and JSON), in lower-case hexadecimal.</param>
/// <param name="LastWriteTime">When the file was last written.</param>
public sealed record FileIdentity(string Name, long Length, string HeaderSha256, DateTimeOffset LastWriteTime)
{
    /// <summary>Gets where the file lies, when that is not the folder of the set of tensors.</summary>
    public string? Path { get; init; }

    /// <summary>Describes what a path leads to: a link's own length and time say nothing.</summary>
    internal static FileInfo Target(string path)
    {
        FileInfo file = new(path);
        return file.LinkTarget is null ? file : (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
    }

    /// <summary>Checks that a path still leads to this file.</summary>
    /// <exception cref="CheckpointException">The file is another one now.</exception>
    internal void EnsureUnchanged(string path)
    {
        FileInfo now = Target(path);
        if (!now.Exists || now.Length != Length || new DateTimeOffset(now.LastWriteTimeUtc) != LastWriteTime)
        {
            throw new CheckpointException(CheckpointError.InputChanged, $"'{path}' has changed since it was opened.", path);
        }
    }
}
