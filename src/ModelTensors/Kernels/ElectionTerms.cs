namespace ModelTensors.Kernels;

/// <summary>The task vectors of an election: for each, what it votes with, and what it adds where it agrees with the sign elected.</summary>
internal unsafe struct ElectionTerms
{
    /// <summary>The models' elements.</summary>
    public void** Inputs;

    /// <summary>What is kept of each task vector.</summary>
    public ushort** Masks;

    /// <summary>The number of task vectors.</summary>
    public int Count;

    /// <summary>The factor that makes a kept delta a vote.</summary>
    public float* Votes;

    /// <summary>The factor that makes a vote what is added.</summary>
    public float* Values;

    /// <summary>What is added to the divisor.</summary>
    public float* Divisors;

    /// <summary>Room for sixteen votes of each.</summary>
    public float* Scratch;
}
