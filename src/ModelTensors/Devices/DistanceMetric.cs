namespace ModelTensors.Devices;

/// <summary>How far two vectors are apart.</summary>
public enum DistanceMetric
{
    /// <summary>|x − y|²: the order of Euclidean distance without its root.</summary>
    SquaredEuclidean,

    /// <summary>1 − x·y / (|x|·|y|), from 0 to 2; 1 where a vector is zero.</summary>
    Cosine,

    /// <summary>−x·y: the order of maximum inner product; may be negative.</summary>
    NegativeInnerProduct,
}
