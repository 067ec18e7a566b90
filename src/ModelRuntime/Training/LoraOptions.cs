namespace ModelRuntime.Training;

/// <summary>The shape of LoRA factors beside a frozen model (Hu et al. 2021, arXiv 2106.09685).</summary>
public sealed record LoraOptions
{
    /// <summary>Gets the rank of all factors.</summary>
    /// <value>At least 1; 8 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The rank is below 1.</exception>
    public int Rank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 8;

    /// <summary>Gets alpha: the product is scaled by alpha / rank.</summary>
    /// <value>Finite; 16 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is not finite.</exception>
    public double Alpha
    {
        get;
        init
        {
            if (!double.IsFinite(value))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "Alpha is finite.");
            }

            field = value;
        }
    } = 16;

    /// <summary>Gets whether the product is scaled by alpha / √rank instead (rsLoRA: Kalajdzievski 2023, arXiv 2312.03732).</summary>
    public bool UsesRankStabilization { get; init; }

    /// <summary>Gets the probability that an input of the factors is dropped in training.</summary>
    /// <value>In [0, 1); 0 by default. Kept as a multiple of 2⁻¹⁶.</value>
    /// <exception cref="ArgumentOutOfRangeException">The probability is outside [0, 1).</exception>
    public double Dropout
    {
        get;
        init
        {
            if (!(value is >= 0 and < 1))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A dropout is at least 0 and below 1.");
            }

            field = value;
        }
    }

    /// <summary>Gets the modules that get factors: names of linear modules, such as <c>q_proj</c>, or ends of their paths.</summary>
    /// <value><c>q_proj</c> and <c>v_proj</c> by default.</value>
    /// <exception cref="ArgumentException">There is no name, or an empty one.</exception>
    public IReadOnlyList<string> TargetModules
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count == 0 || value.Any(string.IsNullOrWhiteSpace))
            {
                throw new ArgumentException("At least one module gets factors, and none has an empty name.", nameof(value));
            }

            field = value;
        }
    } = ["q_proj", "v_proj"];

    /// <summary>Gets the factor of the product.</summary>
    public double Scaling => Alpha / (UsesRankStabilization ? Math.Sqrt(Rank) : Rank);

    /// <summary>Tells whether a module gets factors.</summary>
    internal bool Targets(string path) => TargetModules.Any(name =>
        path.EndsWith(name, StringComparison.Ordinal) && (path.Length == name.Length || path[path.Length - name.Length - 1] == '.'));
}
