namespace ModelTensors.Kernels;

/// <summary>The task vectors of an election: for each, what it votes, and what it adds where it agrees with the sign elected.</summary>
internal unsafe struct ElectionTerms
{
    /// <summary>The votes of each: a sparse, weighted delta.</summary>
    public float** Votes;

    /// <summary>The number of task vectors, at least one.</summary>
    public int Count;

    /// <summary>The factor that makes a vote what is added.</summary>
    public float* Values;

    /// <summary>What is added to the divisor.</summary>
    public float* Divisors;
}
