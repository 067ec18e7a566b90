namespace DataShapley.Refinement;

/// <summary>How far embedding is.</summary>
/// <param name="Texts">The texts embedded so far.</param>
/// <param name="Total">The texts to embed.</param>
public sealed record EmbeddingProgress(int Texts, int Total);
