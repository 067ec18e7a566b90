namespace ModelTensors.Devices;

/// <summary>How a tensor is divided into vectors. A tensor of fewer than two dimensions is one vector either way.</summary>
public enum VectorAxis
{
    /// <summary>Vectors along the last dimension, one after the other: the rows of a matrix.</summary>
    Rows,

    /// <summary>Vectors along dimension 0, side by side: the columns of a matrix.</summary>
    Columns,
}
