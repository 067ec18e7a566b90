using DataShapley.Clustering;

namespace DataShapley.Gradients;

/// <summary>Gradients at one checkpoint of a training run, one row an example; the package trains nothing, it takes them.</summary>
public sealed record GradientCheckpoint
{
    /// <summary>Creates a checkpoint.</summary>
    /// <param name="training">The gradient of the loss of each training example, possibly projected; for LESS the update that Adam makes of it.</param>
    /// <param name="validation">The gradient of the loss of each validation example, of the same dimension.</param>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public GradientCheckpoint(EmbeddingRows training, EmbeddingRows validation)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        if (training.Dimension != validation.Dimension)
        {
            throw new ArgumentException($"Gradients of training examples have {training.Dimension} elements, those of validation examples {validation.Dimension}.", nameof(validation));
        }

        Training = training;
        Validation = validation;
    }

    /// <summary>Gets the gradients of the training examples.</summary>
    public EmbeddingRows Training { get; }

    /// <summary>Gets the gradients of the validation examples.</summary>
    public EmbeddingRows Validation { get; }

    /// <summary>Gets the weight, such as the mean learning rate until the next checkpoint.</summary>
    /// <value>Finite; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not finite.</exception>
    public double Weight
    {
        get;
        init => field = double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The weight of a checkpoint is finite.");
    } = 1;
}
