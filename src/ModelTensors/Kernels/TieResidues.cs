namespace ModelTensors.Kernels;

/// <summary>A <see cref="TieCursor"/> in 32 bits, with what it takes to decide sixteen ties together.</summary>
internal unsafe struct TieResidues
{
    /// <summary>How many times sixteen decisions are made together: with up to fifteen left over they fit 64 bits.</summary>
    public const int Refills = 3;

    /// <summary>The residues of the next sixteen ties.</summary>
    public fixed uint Residues[ChunkKernels.Step];

    public TieResidues(TieCursor cursor)
    {
        Total = (uint)cursor.Total;
        Keep = (uint)cursor.Kept;
        uint residue = (uint)cursor.State;
        for (int j = 0; j < ChunkKernels.Step; j++)
        {
            Residues[j] = residue;
            residue += (uint)cursor.Step;
            residue = Math.Min(residue, residue - Total);
        }

        Stride = (uint)(cursor.Step * ChunkKernels.Step % cursor.Total);
    }

    public uint Total { get; }

    public uint Keep { get; }

    /// <summary>Gets how far sixteen ties go.</summary>
    public uint Stride { get; }
}
