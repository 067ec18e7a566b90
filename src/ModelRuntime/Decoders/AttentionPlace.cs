namespace ModelRuntime.Decoders;

/// <summary>What attention of one layer has of its own.</summary>
/// <param name="Slot">Where a cache keeps its keys and values.</param>
/// <param name="Window">How many tokens a query sees; null for all before it.</param>
internal readonly record struct AttentionPlace(int Slot, int? Window);
