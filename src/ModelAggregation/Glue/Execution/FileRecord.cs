namespace ModelAggregation.Glue.Execution;

/// <summary>A file in the manifest.</summary>
/// <param name="Path">The path, relative to the output folder and with slashes; of an input, the name.</param>
/// <param name="Length">The length in bytes.</param>
/// <param name="Sha256">The SHA-256, in lower-case hexadecimal.</param>
/// <param name="Modified">Of an input, when it was last written, in ticks of UTC: the hash of one that has not changed since is not taken again.</param>
internal sealed record FileRecord(string Path, long Length, string Sha256, long? Modified = null);
