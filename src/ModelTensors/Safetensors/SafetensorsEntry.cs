namespace ModelTensors.Safetensors;

/// <summary>One tensor of a safetensors header.</summary>
/// <param name="Info">The name, type and shape.</param>
/// <param name="Begin">The first byte, counted from the start of the data (after the header).</param>
/// <param name="End">The byte after the last, counted from the start of the data.</param>
public sealed record SafetensorsEntry(TensorInfo Info, long Begin, long End);
