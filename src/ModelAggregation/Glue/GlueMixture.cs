using ModelAggregation.Mixture;

namespace ModelAggregation.Glue;

/// <summary>A mixture that a pipeline makes of what it has merged.</summary>
public sealed record GlueMixture
{
    /// <summary>Creates the settings of a mixture.</summary>
    /// <param name="level">What is mixed.</param>
    public GlueMixture(GlueMixtureLevel level) => Level = level;

    /// <summary>Gets what is mixed (<c>level</c>).</summary>
    public GlueMixtureLevel Level { get; }

    /// <summary>Gets the name of the folder in <c>mixture</c> (<c>name</c>); within families, the family's name is put behind it.</summary>
    /// <value>The level's word by default.</value>
    public string? Name
    {
        get;
        init => field = value is null || Execution.FolderName.IsPlain(value)
            ? value
            : throw new ArgumentException($"'{value}' is no name for a folder: letters, digits, '-', '_' and inner '.'.", nameof(value));
    }

    /// <summary>Gets the number of dense layers, K (<c>dense_layers</c>).</summary>
    /// <value>0 by default; not negative. At text level there are none.</value>
    public int DenseLayers { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A number of layers is not negative."); }

    /// <summary>Gets how many experts compute for a token or a sequence, k (<c>experts_per_token</c>).</summary>
    /// <value>Null by default: 2, at model level 1; at text level always 1.</value>
    public int? ExpertsPerToken { get; init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one expert computes."); }

    /// <summary>Gets where the routers' weights come from (<c>gate_mode</c>).</summary>
    /// <value><see cref="GateMode.Fitted"/> by default. The last state of each prompt at text level, and the mean of an expert's prompts otherwise, for <see cref="GateMode.Hidden"/>.</value>
    public GateMode GateMode { get; init; } = GateMode.Fitted;

    /// <summary>Gets the kind of the routers (<c>router</c>: linear, mlp).</summary>
    /// <value>Linear by default. Routers of two layers are always fitted.</value>
    public RouterKind Router { get; init; }

    /// <summary>Gets what a router decides for (<c>input</c>: token, sample).</summary>
    /// <value>Null by default: tokens at feed-forward level, else whole sequences.</value>
    public RouterInput? Input { get; init; }

    /// <summary>Gets what a prompt is pooled to where routers decide for whole sequences (<c>pooling</c>: mean, last, first).</summary>
    /// <value>Mean by default.</value>
    public RouterPooling Pooling { get; init; }

    /// <summary>Gets the layer whose input a router at text level reads (<c>router_layer</c>).</summary>
    /// <value>Null by default: the middle one of the model that reads, which is the first family's.</value>
    public int? RouterLayer { get; init => field = value is null or >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Layers are numbered from 0."); }
}
