"""What goes over the API's wire, as typed models: the server checks by them, the client gives them back."""
