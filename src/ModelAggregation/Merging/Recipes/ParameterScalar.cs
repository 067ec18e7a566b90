using System.Globalization;

namespace ModelAggregation.Merging.Recipes;

/// <summary>One value of a merge parameter: a number, a truth value, or a word.</summary>
public readonly record struct ParameterScalar
{
    private readonly double _number;
    private readonly string? _text;

    private ParameterScalar(ParameterKind kind, double number, string? text)
    {
        Kind = kind;
        _number = number;
        _text = text;
    }

    /// <summary>Gets what the value is.</summary>
    public ParameterKind Kind { get; }

    /// <summary>Makes a number.</summary>
    public static implicit operator ParameterScalar(double value) => FromNumber(value);

    /// <summary>Makes a truth value.</summary>
    public static implicit operator ParameterScalar(bool value) => FromBoolean(value);

    /// <summary>Makes a word.</summary>
    public static implicit operator ParameterScalar(string value) => FromText(value);

    /// <summary>Makes a number.</summary>
    public static ParameterScalar FromNumber(double value) => new(ParameterKind.Number, value, null);

    /// <summary>Makes a truth value.</summary>
    public static ParameterScalar FromBoolean(bool value) => new(ParameterKind.Boolean, value ? 1 : 0, null);

    /// <summary>Makes a word.</summary>
    public static ParameterScalar FromText(string value) => new(ParameterKind.Text, 0, value ?? throw new ArgumentNullException(nameof(value)));

    /// <summary>Returns the number.</summary>
    /// <exception cref="InvalidOperationException">The value is not a number.</exception>
    public double ToNumber() => Kind == ParameterKind.Number ? _number : throw new InvalidOperationException($"'{this}' is not a number.");

    /// <summary>Returns the truth value.</summary>
    /// <exception cref="InvalidOperationException">The value is not a truth value.</exception>
    public bool ToBoolean() => Kind == ParameterKind.Boolean ? _number != 0 : throw new InvalidOperationException($"'{this}' is not true or false.");

    /// <summary>Writes the value as YAML does.</summary>
    public override string ToString() => Kind switch
    {
        ParameterKind.Number when double.IsNaN(_number) => ".nan",
        ParameterKind.Number when double.IsInfinity(_number) => _number > 0 ? ".inf" : "-.inf",
        ParameterKind.Number => _number.ToString("R", CultureInfo.InvariantCulture),
        ParameterKind.Boolean => _number != 0 ? "true" : "false",
        _ => _text ?? string.Empty,
    };
}
