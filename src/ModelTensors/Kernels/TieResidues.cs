namespace ModelTensors.Kernels;

/// <summary>A <see cref="TieCursor"/> in 32 bits, with what it takes to decide all ties of a step together.</summary>
internal unsafe struct TieResidues
{
    /// <summary>j · step modulo total for j = 0 … 16: how far the j-th tie of a step lies behind the first, and how far the step as a whole goes.</summary>
    public fixed uint Multiples[ChunkKernels.Step + 1];

    public TieResidues(TieCursor cursor)
    {
        State = (uint)cursor.State;
        Total = (uint)cursor.Total;
        Keep = (uint)cursor.Kept;
        uint multiple = 0;
        for (int j = 0; j <= ChunkKernels.Step; j++)
        {
            Multiples[j] = multiple;
            multiple += (uint)cursor.Step;
            multiple = Math.Min(multiple, multiple - Total);
        }
    }

    public uint State { get; set; }

    public uint Total { get; }

    public uint Keep { get; }
}
