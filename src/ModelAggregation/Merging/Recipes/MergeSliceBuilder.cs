using System.Runtime.CompilerServices;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Collects the sources and parameters of one slice of a recipe.</summary>
public sealed class MergeSliceBuilder
{
    private readonly List<MergeSliceSource> _sources = [];
    private readonly ParameterSetBuilder _parameters = new();

    /// <summary>Adds layers of a model to what is merged.</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="start">The first layer.</param>
    /// <param name="end">The layer after the last.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="start"/> is negative, or <paramref name="end"/> is not above it.</exception>
    public MergeSliceBuilder Layers(string model, int start, int end) => Layers(model, start, end, static _ => { });

    /// <summary>Adds layers of a model to what is merged, with parameters of their own.</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="start">The first layer.</param>
    /// <param name="end">The layer after the last.</param>
    /// <param name="configure">Sets the parameters.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="start"/> is negative, or <paramref name="end"/> is not above it.</exception>
    public MergeSliceBuilder Layers(string model, int start, int end, Action<ParameterSetBuilder> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(end, start);
        _sources.Add(new MergeSliceSource(model, start, end, ParameterSetBuilder.From(configure)));
        return this;
    }

    /// <summary>Adds layers of a model with statistics, for methods that weigh by them, such as <c>fisher</c>.</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="start">The first layer.</param>
    /// <param name="end">The layer after the last.</param>
    /// <param name="statistics">The reference of the checkpoint with its statistics, under the tensors' names in the model.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="start"/> is negative, or <paramref name="end"/> is not above it.</exception>
    public MergeSliceBuilder Layers(string model, int start, int end, string statistics)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(statistics);
        Layers(model, start, end);
        _sources[^1] = _sources[^1] with { Statistics = statistics };
        return this;
    }

    /// <summary>Sets a parameter of the slice.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">A number, a truth value, a word, or a <see cref="ParameterValue"/>.</param>
    /// <returns>This builder.</returns>
    public MergeSliceBuilder Parameter(string name, ParameterValue value)
    {
        _parameters.Parameter(name, value);
        return this;
    }

    /// <summary>Sets a parameter of the slice to a gradient over its layers.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="gradient">The values, from the slice's first layer to its last; at least one.</param>
    /// <returns>This builder.</returns>
    [OverloadResolutionPriority(1)] // An array of numbers converts to a ParameterValue too.
    public MergeSliceBuilder Parameter(string name, IReadOnlyList<double> gradient)
    {
        _parameters.Parameter(name, gradient);
        return this;
    }

    /// <summary>Sets a parameter of the slice by the names of tensors.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="cases">Parts of names with their values; the first that fits applies.</param>
    /// <returns>This builder.</returns>
    public MergeSliceBuilder Parameter(string name, params IReadOnlyList<(string Filter, ParameterValue Value)> cases)
    {
        _parameters.Parameter(name, cases);
        return this;
    }

    /// <summary>Runs a caller's configuration.</summary>
    internal static MergeSlice From(Action<MergeSliceBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        MergeSliceBuilder slice = new();
        configure(slice);
        return new MergeSlice([.. slice._sources], slice._parameters.Build());
    }
}
