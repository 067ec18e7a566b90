namespace ModelTensors.Kernels;

/// <summary>What does not change of a <see cref="TieCursor"/> in 32 bits, to decide sixteen ties together.</summary>
internal unsafe struct TieResidues
{
    /// <summary>How many times sixteen decisions are made together: with up to fifteen left over they fit 64 bits.</summary>
    public const int Refills = 3;

    /// <summary>The residues of sixteen ties of which the first has none. A state is added to them and their total, where it fits, subtracted.</summary>
    public fixed uint First[ChunkKernels.Step];

    public TieResidues(ulong step, ulong total, ulong keep)
    {
        Total = (uint)total;
        Keep = (uint)keep;
        uint residue = 0;
        for (int j = 0; j < ChunkKernels.Step; j++)
        {
            First[j] = residue;
            residue += (uint)step;
            residue = Math.Min(residue, residue - Total);
        }

        // One step further is the next sixteen's first.
        Stride = residue;
    }

    public uint Total { get; }

    public uint Keep { get; }

    /// <summary>Gets how far sixteen ties go.</summary>
    public uint Stride { get; }
}
