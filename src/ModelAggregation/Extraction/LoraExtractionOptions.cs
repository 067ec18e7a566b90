using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;
using ModelTensors.LowRank;

namespace ModelAggregation.Extraction;

/// <summary>What an adapter is to keep of a fine-tune, and how it is found.</summary>
public sealed record LoraExtractionOptions
{
    /// <summary>Gets the greatest rank of a module that <see cref="Ranks"/> does not name; a module's shorter side bounds it too.</summary>
    /// <value>At least 1; 128 by default, as in mergekit.</value>
    public int Rank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 128;

    /// <summary>Gets the ranks of modules by a part of their path; the first that matches decides.</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<ModuleRank> Ranks
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (ModuleRank item in value)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(item.Rank, 1);
            }

            field = value;
        }
    } = [];

    /// <summary>Gets the part of the squared norm of each change that is kept: the smallest rank that reaches it is taken.</summary>
    /// <value>In (0, 1]; 1 by default, which keeps the whole rank.</value>
    /// <remarks>As for the rank of FLoRIST (arXiv 2506.09199): the energy of a singular value is its square.</remarks>
    public double Energy
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The energy to keep is in (0, 1].");
    } = 1;

    /// <summary>Gets the singular value up to which directions are left out.</summary>
    /// <value>Not negative; 0 by default.</value>
    public double SmallestSingularValue
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A singular value is not negative.");
    }

    /// <summary>Gets the modules to look at, by parts of their paths.</summary>
    /// <value>Empty by default, for all.</value>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Gets the modules to leave out, by parts of their paths.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Gets whether embeddings get factors too, instead of being treated as <see cref="Others"/> say.</summary>
    /// <value>False by default.</value>
    public bool FactorsEmbeddings { get; init; }

    /// <summary>Gets what happens to other changed tensors.</summary>
    /// <value><see cref="OtherTensors.Save"/> by default.</value>
    public OtherTensors Others { get; init; }

    /// <summary>Gets whether the singular values are split evenly, by their roots, between A and B; otherwise A has all of them.</summary>
    /// <value>True by default.</value>
    public bool DistributesScale { get; init; } = true;

    /// <summary>Gets how modules of different ranks are written.</summary>
    /// <value><see cref="RankLayout.PerModule"/> by default.</value>
    public RankLayout Layout { get; init; }

    /// <summary>Gets whether linear weights are stored [in, out].</summary>
    /// <value>Null by default: they are where the base model's <c>model_type</c> is <c>gpt2</c>.</value>
    public bool? IsFanInFanOut { get; init; }

    /// <summary>Gets the type of the factors and whole tensors.</summary>
    /// <value>Null by default: that in which the fine-tune stores each.</value>
    public DataType? DataType
    {
        get;
        init => field = value is null or ModelTensors.DataType.F32 or ModelTensors.DataType.F16 or ModelTensors.DataType.BF16
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "An adapter is written in F32, F16 or BF16.");
    }

    /// <summary>Gets <c>base_model_name_or_path</c> of the adapter.</summary>
    /// <value>Null by default.</value>
    public string? BaseModel { get; init; }

    /// <summary>Gets the seed of the random directions with which large matrices are looked at.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets how large matrices are decomposed; the key follows from <see cref="Seed"/> and the tensor's name.</summary>
    public RandomizedSvdOptions Decomposition
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the bytes up to which a module's change is kept in memory, instead of being read again for each product. The numbers are the same.</summary>
    /// <value>256 MiB by default; not negative.</value>
    public long WorkingMemory
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 256L << 20;

    /// <summary>Gets the device that computes; the caller disposes it.</summary>
    /// <value>Null for a CPU device of the extraction's own.</value>
    public TensorDevice? Device { get; init; }

    /// <summary>Gets the number of threads of that device.</summary>
    /// <value>The number of processors by default; at least 1. Ignored when <see cref="Device"/> is given.</value>
    public int Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>Gets whether an adapter that is already in the output folder is replaced, once the new one is complete.</summary>
    /// <value>False by default.</value>
    public bool Overwrite { get; init; }
}
