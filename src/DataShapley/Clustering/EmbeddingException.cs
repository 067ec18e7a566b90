using ModelTensors;

namespace DataShapley.Clustering;

/// <summary>A feature of an embedding is no number to compute a distance with.</summary>
public sealed class EmbeddingException : ModelDataException
{
    internal EmbeddingException(int row, int column, float value)
        : base($"Embedding row {row}, column {column} is {value}; features are finite and at most 1e15 in magnitude. Leave the record out, or embed it again.")
    {
        Row = row;
        Column = column;
        Value = value;
    }

    /// <summary>Gets the index of the row, from 0.</summary>
    public int Row { get; }

    /// <summary>Gets the index of the feature in its row, from 0.</summary>
    public int Column { get; }

    /// <summary>Gets the feature.</summary>
    public float Value { get; }
}
