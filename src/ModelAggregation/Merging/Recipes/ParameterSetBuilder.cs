using System.Runtime.CompilerServices;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Collects the parameters of one scope of a recipe: a model, or the layers of a model in a slice.</summary>
public sealed class ParameterSetBuilder
{
    private ParameterSet _parameters = ParameterSet.Empty;

    /// <summary>Sets a parameter to a value.</summary>
    /// <param name="name">The parameter's name, such as <c>weight</c>.</param>
    /// <param name="value">A number, a truth value, a word, or a <see cref="ParameterValue"/>.</param>
    /// <returns>This builder.</returns>
    public ParameterSetBuilder Parameter(string name, ParameterValue value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        _parameters = _parameters.With(name, value);
        return this;
    }

    /// <summary>Sets a parameter to a gradient over the layers.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="gradient">The values, from the first layer to the last; at least one.</param>
    /// <returns>This builder.</returns>
    [OverloadResolutionPriority(1)] // An array of numbers converts to a ParameterValue too.
    public ParameterSetBuilder Parameter(string name, IReadOnlyList<double> gradient) => Parameter(name, ParameterValue.Gradient(gradient));

    /// <summary>Sets a parameter by the names of tensors.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="cases">Parts of names with their values, such as <c>("mlp", 0.5), ("*", 1)</c>; the first that fits applies.</param>
    /// <returns>This builder.</returns>
    public ParameterSetBuilder Parameter(string name, params IReadOnlyList<(string Filter, ParameterValue Value)> cases) =>
        Parameter(name, ParameterValue.Filtered([.. cases.Select(item => new ParameterCase(item.Filter, item.Value))]));

    /// <summary>Sets the two most common parameters, where they are given.</summary>
    internal void Common(double? weight, double? density)
    {
        if (weight is { } number)
        {
            Parameter("weight", number);
        }

        if (density is { } fraction)
        {
            Parameter("density", fraction);
        }
    }

    /// <summary>Returns what was collected.</summary>
    internal ParameterSet Build() => _parameters;

    /// <summary>Runs a caller's configuration.</summary>
    internal static ParameterSet From(Action<ParameterSetBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        ParameterSetBuilder builder = new();
        configure(builder);
        return builder.Build();
    }
}
