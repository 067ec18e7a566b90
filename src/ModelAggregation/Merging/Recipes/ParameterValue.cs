namespace ModelAggregation.Merging.Recipes;

/// <summary>What a recipe sets a parameter to: a scalar, a gradient over the layers, or a list of settings with name filters.</summary>
public abstract record ParameterValue
{
    private protected ParameterValue()
    {
    }

    /// <summary>Makes a scalar setting.</summary>
    public static implicit operator ParameterValue(double value) => FromScalar(value);

    /// <summary>Makes a scalar setting.</summary>
    public static implicit operator ParameterValue(bool value) => FromScalar(value);

    /// <summary>Makes a scalar setting.</summary>
    public static implicit operator ParameterValue(string value) => FromScalar(value);

    /// <summary>Makes a gradient of numbers over the layers.</summary>
    public static implicit operator ParameterValue(double[] values) => Gradient(values);

    /// <summary>Makes a scalar setting.</summary>
    /// <param name="value">The value.</param>
    public static ParameterValue FromScalar(ParameterScalar value) => new ScalarParameter(value);

    /// <summary>Makes a gradient of numbers: the first value at the first layer, the last at the last, linear in between.</summary>
    /// <param name="values">The values; at least one.</param>
    public static ParameterValue Gradient(params IReadOnlyList<double> values) => new GradientParameter([.. values.Select(ParameterScalar.FromNumber)]);

    /// <summary>Makes a list of settings of which the first whose filter fits the tensor's name applies.</summary>
    /// <param name="cases">The settings in order.</param>
    public static ParameterValue Filtered(params IReadOnlyList<ParameterCase> cases) => new FilteredParameter(cases);

    /// <summary>Evaluates the setting for one tensor.</summary>
    /// <param name="tensorName">The tensor's name, for filters.</param>
    /// <param name="position">The place among the layers, 0 at the first, 1 at the last; 0 for tensors outside the layers.</param>
    /// <returns>The value, or null when no filter fits, so that the next wider scope decides.</returns>
    public abstract ParameterScalar? Evaluate(string tensorName, double position);
}
