using ModelAggregation.Merging.Planning;
using ModelTensors;

namespace ModelAggregation.Zoo;

/// <summary>How alike models of one architecture are, tensor by tensor.</summary>
/// <remarks>
/// A column or tensor of zeros has no direction: its cosine with any other is 0, as in PyTorch. A model is always 1 alike to itself.
/// The models are read once, tile by tile, or more often where <see cref="SimilarityOptions.WorkingMemory"/> is short. Memory is that of a tile of each model, and of the
/// inner products of each column where columns are compared; both stay below <see cref="SimilarityOptions.WorkingMemory"/> however large the models are, unless the columns of two models alone exceed it.
/// </remarks>
public sealed partial class ZooSimilarity
{
    private readonly IReadOnlyList<TensorSimilarity> _tensors;

    internal ZooSimilarity(IReadOnlyList<string> models, SimilarityMeasure measure, SimilarityPart part, string? baseModel, IReadOnlyList<TensorSimilarity> tensors)
    {
        Models = models;
        Measure = measure;
        Part = part;
        Base = baseModel;
        _tensors = tensors;
    }

    /// <summary>Gets the names of the models.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>Gets of which vectors cosines were taken.</summary>
    public SimilarityMeasure Measure { get; }

    /// <summary>Gets which tensors were read.</summary>
    public SimilarityPart Part { get; }

    /// <summary>Gets the model that was subtracted, or null.</summary>
    public string? Base { get; }

    /// <summary>Gets the names of the tensors that were read.</summary>
    public IReadOnlyList<string> Tensors => [.. _tensors.Select(tensor => tensor.Name)];

    /// <summary>Gets the layers that the tensors belong to, in their order.</summary>
    public IReadOnlyList<int> Layers => [.. _tensors.Select(tensor => LayerOf(tensor.Name)).Where(layer => layer >= 0).Distinct().Order()];

    internal IReadOnlyList<TensorSimilarity> Details => _tensors;

    /// <summary>Sums up all that was read.</summary>
    public SimilarityMatrix ToMatrix() => Sum(_tensors);

    /// <summary>Sums up a part of what was read.</summary>
    /// <param name="part">The part; <see cref="SimilarityPart.All"/> is all that was read.</param>
    /// <param name="layer">The number of a layer, or null for all.</param>
    /// <exception cref="ArgumentException">Nothing that was read is of this part and layer.</exception>
    public SimilarityMatrix Of(SimilarityPart part, int? layer = null)
    {
        TensorSimilarity[] tensors = [.. _tensors.Where(tensor => IsOf(tensor.Name, part) && (layer is null || LayerOf(tensor.Name) == layer))];
        return tensors.Length > 0
            ? Sum(tensors)
            : throw new ArgumentException($"No tensor of {part}{(layer is null ? string.Empty : $" in layer {layer}")} was read: the models were compared by {Part}.", nameof(part));
    }

    internal bool Has(SimilarityPart part, int layer) => _tensors.Any(tensor => IsOf(tensor.Name, part) && LayerOf(tensor.Name) == layer);

    internal static bool IsOf(string tensor, SimilarityPart part)
    {
        bool isAttention = tensor.Contains("self_attn", StringComparison.Ordinal);
        bool isMlp = tensor.Contains("mlp", StringComparison.Ordinal);
        return part switch
        {
            SimilarityPart.Attention => isAttention,
            SimilarityPart.Mlp => isMlp,
            SimilarityPart.AttentionAndMlp => isAttention || isMlp,
            _ => true,
        };
    }

    // One root of the product rather than two: then equal vectors are exactly 1 alike. Squares of floats are far from the ends of a double's range.
    internal static double Cosine(double product, double firstSquare, double secondSquare) =>
        firstSquare > 0 && secondSquare > 0 ? Math.Clamp(product / Math.Sqrt(firstSquare * secondSquare), -1, 1) : 0;

    private static int LayerOf(string tensor) => TensorNames.TryGetLayer(tensor, out _, out int layer, out _) ? layer : -1;

    private SimilarityMatrix Sum(IReadOnlyList<TensorSimilarity> tensors)
    {
        int count = Models.Count;
        double[,] products = new double[count, count];
        foreach (TensorSimilarity tensor in tensors)
        {
            for (int first = 0; first < count; first++)
            {
                for (int second = 0; second <= first; second++)
                {
                    double[,] values = tensor.Values;
                    products[first, second] += Measure is SimilarityMeasure.PerTensor ? Cosine(values[first, second], values[first, first], values[second, second]) : values[first, second];
                }
            }
        }

        double[,] cosines = new double[count, count];
        for (int first = 0; first < count; first++)
        {
            for (int second = 0; second < first; second++)
            {
                cosines[first, second] = cosines[second, first] = Measure is SimilarityMeasure.WholeModel
                    ? Cosine(products[first, second], products[first, first], products[second, second])
                    : products[first, second] / tensors.Count;
            }

            cosines[first, first] = 1;
        }

        return new SimilarityMatrix(Models, cosines);
    }
}
