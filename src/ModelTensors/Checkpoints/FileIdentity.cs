namespace ModelTensors.Checkpoints;

/// <summary>What identifies a file of tensors without reading all of it.</summary>
/// <param name="Name">The file's name, without its folder.</param>
/// <param name="Length">The length in bytes.</param>
/// <param name="HeaderSha256">The SHA-256 of the safetensors header (length prefix and JSON), in lower-case hexadecimal.</param>
/// <param name="LastWriteTime">When the file was last written.</param>
public sealed record FileIdentity(string Name, long Length, string HeaderSha256, DateTimeOffset LastWriteTime);
