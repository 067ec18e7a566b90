namespace ModelTensors.Adapters;

/// <summary>One thing that is wrong with an adapter.</summary>
/// <param name="Error">The kind of it.</param>
/// <param name="Message">The same with names and values, and what to do about it.</param>
/// <param name="TensorName">The tensor at fault, if any.</param>
public sealed record AdapterProblem(AdapterError Error, string Message, string? TensorName = null);
