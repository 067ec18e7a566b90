namespace ModelSdk.Benchmarking;

/// <summary>What one operation of a benchmark goes through.</summary>
/// <param name="Parameters">The elements of the output.</param>
/// <param name="Bytes">The bytes of every input and of the output, each once: what a copy with the same reads and writes moves.</param>
/// <param name="Limit">The case that is that copy.</param>
internal sealed record Workload(long Parameters, long Bytes, string Limit);
