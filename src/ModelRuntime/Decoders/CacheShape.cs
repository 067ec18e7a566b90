namespace ModelRuntime.Decoders;

/// <summary>What a cache keeps for each sequence.</summary>
/// <param name="Slots">How many layers, and experts that are whole layers, have keys and values.</param>
/// <param name="FirstRoutedSlot">The first slot of an expert; those behind are experts' too, and only those of the chosen ones take memory.</param>
/// <param name="Routers">How many routers decide for whole sequences.</param>
internal readonly record struct CacheShape(int Slots, int FirstRoutedSlot, int Routers);
