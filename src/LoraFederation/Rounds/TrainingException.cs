using ModelTensors;

namespace LoraFederation.Rounds;

/// <summary>The error of a trainer that did not leave what it should have.</summary>
public sealed class TrainingException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What is wrong, with names and values.</param>
    /// <param name="clientId">The client that was trained for.</param>
    /// <param name="file">The file at fault, if any.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public TrainingException(string message, string clientId, string? file = null, Exception? innerException = null)
        : base(message, file, null, innerException) => ClientId = clientId;

    /// <summary>Gets the client that was trained for.</summary>
    public string ClientId { get; }
}
