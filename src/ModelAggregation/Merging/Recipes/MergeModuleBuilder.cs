using System.Runtime.CompilerServices;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Collects what one module of a recipe is made of.</summary>
public sealed class MergeModuleBuilder
{
    private readonly List<MergeModel> _models = [];
    private readonly List<MergeSlice> _slices = [];
    private readonly ParameterSetBuilder _parameters = new();
    private MergeModule _module;

    internal MergeModuleBuilder(string name) => _module = new MergeModule(name);

    /// <summary>Says which tensors the module takes, instead of its name.</summary>
    /// <param name="prefixes">The beginnings of their names, in whole components, such as <c>model.language_model</c>.</param>
    /// <returns>This builder.</returns>
    public MergeModuleBuilder Prefix(params IReadOnlyList<string> prefixes)
    {
        ArgumentNullException.ThrowIfNull(prefixes);
        foreach (string prefix in prefixes)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(prefix, nameof(prefixes));
        }

        _module = _module with { Prefixes = [.. prefixes] };
        return this;
    }

    /// <summary>Sets the base model of the module, instead of the recipe's.</summary>
    /// <param name="model">The model's reference.</param>
    /// <returns>This builder.</returns>
    public MergeModuleBuilder Base(string model)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        _module = _module with { BaseModel = model };
        return this;
    }

    /// <summary>Adds a model that is merged over all layers of the module, with the two most common parameters.</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="weight">The parameter <c>weight</c>, or null to leave it to wider scopes.</param>
    /// <param name="density">The parameter <c>density</c>, or null to leave it to wider scopes.</param>
    /// <returns>This builder.</returns>
    public MergeModuleBuilder Model(string model, double? weight = null, double? density = null) =>
        Model(model, parameters => parameters.Common(weight, density));

    /// <summary>Adds a model that is merged over all layers of the module, with parameters of its own.</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="configure">Sets the parameters.</param>
    /// <returns>This builder.</returns>
    public MergeModuleBuilder Model(string model, Action<ParameterSetBuilder> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        _models.Add(new MergeModel(model, ParameterSetBuilder.From(configure)));
        return this;
    }

    /// <summary>Adds layers of the module made of layers of models; the first slice makes the first layers.</summary>
    /// <param name="configure">Sets the slice's sources and parameters.</param>
    /// <returns>This builder.</returns>
    public MergeModuleBuilder Slice(Action<MergeSliceBuilder> configure)
    {
        _slices.Add(MergeSliceBuilder.From(configure));
        return this;
    }

    /// <summary>Sets a parameter of the module.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">A number, a truth value, a word, or a <see cref="ParameterValue"/>.</param>
    /// <returns>This builder.</returns>
    public MergeModuleBuilder Parameter(string name, ParameterValue value)
    {
        _parameters.Parameter(name, value);
        return this;
    }

    /// <summary>Sets a parameter of the module to a gradient over its layers.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="gradient">The values, from the first layer to the last; at least one.</param>
    /// <returns>This builder.</returns>
    [OverloadResolutionPriority(1)] // An array of numbers converts to a ParameterValue too.
    public MergeModuleBuilder Parameter(string name, IReadOnlyList<double> gradient)
    {
        _parameters.Parameter(name, gradient);
        return this;
    }

    /// <summary>Sets a parameter of the module by the names of tensors.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="cases">Parts of names with their values; the first that fits applies.</param>
    /// <returns>This builder.</returns>
    public MergeModuleBuilder Parameter(string name, params IReadOnlyList<(string Filter, ParameterValue Value)> cases)
    {
        _parameters.Parameter(name, cases);
        return this;
    }

    /// <summary>Runs a caller's configuration.</summary>
    internal static MergeModule From(string name, Action<MergeModuleBuilder> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        MergeModuleBuilder builder = new(name);
        configure(builder);
        return builder._module with { Models = [.. builder._models], Slices = [.. builder._slices], Parameters = builder._parameters.Build() };
    }
}
