namespace ModelTensors.Adapters;

/// <summary>What a <see cref="LoraAdapterWriter"/> puts into the configuration beside the modules.</summary>
public sealed record LoraAdapterWriterOptions
{
    /// <summary>Gets <c>base_model_name_or_path</c>.</summary>
    /// <value>Null by default: readers are told the model otherwise.</value>
    public string? BaseModel { get; init; }

    /// <summary>Gets <c>task_type</c>.</summary>
    /// <value><c>CAUSAL_LM</c> by default.</value>
    public string? TaskType { get; init; } = "CAUSAL_LM";

    /// <summary>Gets <c>fan_in_fan_out</c>: whether the model's linear weights are stored [in, out], as in GPT-2.</summary>
    /// <value>False by default.</value>
    public bool IsFanInFanOut { get; init; }

    /// <summary>Gets <c>target_modules</c>: the ends of the module paths.</summary>
    /// <value>Null by default, for the whole path of every module: exact in any model.</value>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>Gets how modules of different ranks are written.</summary>
    /// <value><see cref="RankLayout.PerModule"/> by default.</value>
    public RankLayout Ranks { get; init; }

    /// <summary>Gets the least rank that modules are filled up to with <see cref="RankLayout.ZeroPadded"/>, for readers that take certain ranks alone.</summary>
    /// <value>At least 1; 1 by default: the greatest rank of the modules.</value>
    /// <exception cref="ArgumentOutOfRangeException">The rank is less than 1.</exception>
    public int PaddedRank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets whether a folder of safetensors files that is there already is replaced, once the new one is complete.</summary>
    /// <value>False by default.</value>
    public bool Overwrite { get; init; }
}
