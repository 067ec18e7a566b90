using System.Collections.Frozen;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging;

/// <summary>The parameters of a method (or of one model in it) as resolved for one tensor: numbers, no gradients or filters any more.</summary>
public sealed class ParameterValues
{
    private readonly FrozenDictionary<string, ParameterScalar> _values;

    /// <summary>Creates the set.</summary>
    /// <param name="values">The values by parameter name; absent ones are optional and not given.</param>
    public ParameterValues(IEnumerable<KeyValuePair<string, ParameterScalar>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _values = values.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Gets a set without values.</summary>
    public static ParameterValues None { get; } = new([]);

    /// <summary>Gets the values by parameter name.</summary>
    public IReadOnlyDictionary<string, ParameterScalar> All => _values;

    /// <summary>Returns a number.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <exception cref="KeyNotFoundException">The parameter has no value; only optional ones and those of the base model can be absent.</exception>
    public double Number(string name) => _values[name].ToNumber();

    /// <summary>Returns a number, or a substitute when it is absent.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="otherwise">The substitute.</param>
    public double Number(string name, double otherwise) => _values.TryGetValue(name, out ParameterScalar value) ? value.ToNumber() : otherwise;

    /// <summary>Returns a truth value.</summary>
    /// <param name="name">The parameter's name.</param>
    public bool Flag(string name) => _values[name].ToBoolean();

    /// <summary>Returns a word.</summary>
    /// <param name="name">The parameter's name.</param>
    public string Text(string name) => _values[name].ToString();
}
