namespace DataShapley.Runtime;

/// <summary>What a fine-tuned model is measured by.</summary>
public enum FineTuneScore
{
    /// <summary>The mean over examples of the log-probability of the answer, its end included, in nats: 0 at best. It moves with every step of a training, so that few examples tell.</summary>
    LogLikelihood,

    /// <summary>The share of examples whose answer and end greedy decoding gives exactly, from 0 to 1.</summary>
    ExactMatch,
}
