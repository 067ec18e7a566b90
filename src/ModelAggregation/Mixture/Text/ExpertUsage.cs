namespace ModelAggregation.Mixture.Text;

/// <summary>How much went to a model.</summary>
/// <param name="Name">The model.</param>
/// <param name="Texts">The number of different texts that went to it, added up over calls.</param>
/// <param name="Requests">The number of requests that went to it: several may have one text, as the choices of a question do.</param>
/// <param name="MeanProbability">Its mean probability over all texts, also those that went elsewhere; 0 where there were none.</param>
public sealed record ExpertUsage(string Name, long Texts, long Requests, double MeanProbability);
